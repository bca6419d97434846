package mirror

import (
	"context"
	"fmt"
	"io"
	"net/url"
	"path"
	"strings"
	"time"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"

	"loa/controller/problem"
)

// ErrAccess is of an S3 place's publish_key.
var ErrAccess = problem.New(problem.Invalid, "publish_access", "publish_key phải có hai dòng: access key, rồi secret key.",
	"publish_key must hold two lines: the access key, then the secret.")

// types are what a browser must be told of a file, by how its name ends.
var types = map[string]string{
	".html": "text/html; charset=utf-8", ".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8",
	".svg": "image/svg+xml", ".png": "image/png", ".ico": "image/x-icon", ".json": "application/json",
	".atom": "application/atom+xml; charset=utf-8", ".rss": "application/rss+xml; charset=utf-8",
	".opus": "audio/ogg; codecs=opus", ".m4a": "audio/mp4", ".webmanifest": "application/manifest+json",
}

// overS3 is a place in a bucket.
func overS3(u *url.URL, opt Options) (func(context.Context) (place, error), error) {
	q := u.Query()
	end, err := url.Parse(q.Get("endpoint"))
	if u.Host == "" || u.User != nil || err != nil || end.Host == "" || end.Scheme != "https" && end.Scheme != "http" {
		return nil, ErrAddress
	}
	key, err := readKey(opt.KeyFile)
	if err != nil {
		return nil, err
	}
	lines := strings.Fields(string(key))
	if len(lines) != 2 {
		return nil, ErrAccess
	}
	transport, err := minio.DefaultTransport(end.Scheme == "https")
	if err != nil {
		return nil, fmt.Errorf("publish: %w", err)
	}
	transport.ResponseHeaderTimeout = time.Minute
	client, err := minio.New(end.Host, &minio.Options{Creds: credentials.NewStaticV4(lines[0], lines[1], ""),
		Secure: end.Scheme == "https", Region: q.Get("region"), Transport: transport, MaxRetries: 2})
	if err != nil {
		return nil, ErrAddress
	}
	prefix := strings.Trim(path.Clean("/"+u.Path), "/")
	if prefix != "" {
		prefix += "/"
	}
	return func(context.Context) (place, error) { return &s3Place{client, u.Host, prefix}, nil }, nil
}

// s3Place is what lies below a prefix of a bucket.
type s3Place struct {
	client         *minio.Client
	bucket, prefix string
}

func (p *s3Place) close() {}

func (p *s3Place) mark(ctx context.Context) (string, error) {
	o, err := p.client.GetObject(ctx, p.bucket, p.prefix+mark, minio.GetObjectOptions{})
	if err != nil {
		return "", err
	}
	defer o.Close()
	data, err := io.ReadAll(io.LimitReader(o, maxMark))
	if minio.ToErrorResponse(err).Code == minio.NoSuchKey {
		return "", nil
	}
	return string(data), err
}

func (p *s3Place) list(ctx context.Context) (map[string]int64, error) {
	there := map[string]int64{}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	for o := range p.client.ListObjects(ctx, p.bucket, minio.ListObjectsOptions{Prefix: p.prefix, Recursive: true}) {
		if o.Err != nil {
			return nil, o.Err
		}
		if !strings.HasSuffix(o.Key, "/") { // a folder, as some stores have them
			there[strings.TrimPrefix(o.Key, p.prefix)] = o.Size
		}
	}
	return there, nil
}

func (p *s3Place) put(ctx context.Context, at string, f file) error {
	in, err := f.open()
	if err != nil {
		return err
	}
	defer in.Close()
	opt := minio.PutObjectOptions{ContentType: types[path.Ext(at)], CacheControl: "public, max-age=30", DisableMultipart: f.size < 64<<20}
	if opt.ContentType == "" {
		opt.ContentType = "application/octet-stream"
	}
	if strings.HasPrefix(at, "s/") { // by its content; what is withdrawn is not kept for long
		opt.CacheControl = "public, max-age=3600"
	}
	_, err = p.client.PutObject(ctx, p.bucket, p.prefix+at, in, f.size, opt)
	return err
}

func (p *s3Place) remove(ctx context.Context, at string) error {
	return p.client.RemoveObject(ctx, p.bucket, p.prefix+at, minio.RemoveObjectOptions{})
}
